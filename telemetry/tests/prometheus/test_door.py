import cutover_telemetry.prometheus as door


def test_the_door_and_what_it_offers_agree():
    assert all(hasattr(door, name) for name in door.__all__)
    assert {name for name in vars(door) if not name.startswith("_")} == set(door.__all__)
