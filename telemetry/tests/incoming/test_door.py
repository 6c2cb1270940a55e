import cutover_telemetry.incoming as door


def test_the_door_and_what_it_offers_agree():
    assert door.__all__ == sorted(door.__all__, key=lambda name: (not name[0].isupper(), name))
    assert all(hasattr(door, name) for name in door.__all__)
    public = {name for name in vars(door) if not name.startswith("_")}
    assert public - set(door.__all__) <= {"annotations"}


def test_refusals_have_one_root():
    for error in (door.Undecodable("JSON", reason="x"), door.TooLarge(5), door.UnknownEncoding("a", "b", known=())):
        assert isinstance(error, door.IncomingError)
