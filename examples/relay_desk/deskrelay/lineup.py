"""Which model names belong to which vendor, as far as the desks have told us."""

LINEUP = {
    "groq": ("llama-3.3-70b", "llama-3.1-8b"),
    "mistral": ("mistral-large", "mistral-small", "codestral-2"),
    "cohere": ("command-a", "command-r7b"),
    "together-ai": ("llama-4-scout",),
    "workers-ai": ("@cf/llama-3.1-8b", "@cf/gemma-3-12b"),
    "z.ai": ("glm-4.6", "glm-4.5-air"),
    "perplexity": ("sonar", "sonar-pro"),
    "novita": ("ernie-4.5", "mythomax-13b"),
    "moonshot": ("kimi-k2", "kimi-latest"),
    "siliconflow": ("ling-flash-2.0", "hunyuan-a13b"),
}


def serves(vendor, model):
    return model in LINEUP.get(vendor, ())


def names(vendor):
    return list(LINEUP.get(vendor, ()))
