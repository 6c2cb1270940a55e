"""Planted faults of timeouts, and of waits between attempts."""


def test_a_fault_is_caught_in_its_layer_and_the_report_names_it(fault, caught):
    caught(fault)
