"""What a draft costs, for the vendors that bill by the token."""

from deskrelay.vendors.cohere import cohere_price
from deskrelay.vendors.deepinfra import deepinfra_price
from deskrelay.vendors.fireworks import fireworks_price
from deskrelay.vendors.groq import groq_price
from deskrelay.vendors.mistral import mistral_price
from deskrelay.vendors.siliconflow import siliconflow_price
from deskrelay.vendors.together import together_ai_price


def price(vendor, tokens):
    """Cents for so many tokens; None for a vendor with a flat fee."""
    if vendor == "groq":
        return groq_price(tokens)
    if vendor == "mistral":
        return mistral_price(tokens)
    if vendor == "cohere":
        return cohere_price(tokens)
    if vendor == "together-ai":
        return together_ai_price(tokens)
    if vendor == "fireworks":
        return fireworks_price(tokens)
    if vendor == "deepinfra":
        return deepinfra_price(tokens)
    if vendor == "siliconflow":
        return siliconflow_price(tokens)
    return None
