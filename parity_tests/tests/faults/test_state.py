"""Planted faults of state: breakers, caches, what one route leaves to the next."""


def test_a_fault_is_caught_in_its_layer_and_the_report_names_it(fault, caught):
    caught(fault)
