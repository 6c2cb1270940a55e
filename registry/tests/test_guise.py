"""A stand-in looks like its original from every side."""

import copy
import pickle

from cutover_registry._guise import Guise, unguised


class Thing:
    """A thing."""

    def __init__(self):
        self.mark = 1


def test_it_reads_writes_and_deletes_on_the_original():
    thing = Thing()
    guise = Guise(thing)
    guise.mark = 2
    assert (thing.mark, guise.mark) == (2, 2)
    del guise.mark
    assert not hasattr(thing, "mark")
    assert dir(guise) == dir(thing)


def test_it_is_of_the_originals_class_to_who_asks():
    assert isinstance(Guise(Thing()), Thing)
    assert Guise(Thing()).__class__ is Thing
    assert type(Guise(Thing())) is Guise


def test_it_equals_and_hashes_as_the_original():
    thing = Thing()
    assert Guise(thing) == thing
    assert thing == Guise(thing)
    assert Guise(thing) == Guise(thing)
    assert Guise(thing) != Guise(Thing())
    assert {thing: 1}[Guise(thing)] == 1
    assert not Guise([])
    assert repr(Guise([1])) == "[1]"


def test_what_is_behind_any_number_of_stand_ins_can_be_had():
    thing = Thing()
    assert unguised(Guise(Guise(thing))) is thing
    assert unguised(thing) is thing


def test_pickling_and_copying_give_the_original():
    assert pickle.loads(pickle.dumps(Guise(len))) is len
    assert copy.copy(Guise(len)) is len
