"""The database of production: a server that is there or nothing works."""

import os
import sqlite3

PATH = os.environ["TOLLGATE_DATABASE"]


def session():
    connection = sqlite3.connect(f"file:{PATH}?mode=rw", uri=True, check_same_thread=False)
    try:
        yield connection
        connection.commit()
    finally:
        connection.close()
