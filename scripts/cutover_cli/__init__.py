"""The front door: the ``cutover`` command. It only puts the rooms together.

Example: ``cutover scan src/``
"""
