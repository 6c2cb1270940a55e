"""The virtual clock of an arm: time that passes when everything waits."""
