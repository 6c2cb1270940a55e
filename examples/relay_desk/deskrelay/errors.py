"""What can go wrong with a ticket, each with the HTTP status that the desk sees."""


class DeskError(Exception):
    status = 500


class BadTicket(DeskError):
    status = 400


class UnknownVendor(DeskError):
    status = 400

    def __init__(self, vendor):
        super().__init__(f"no vendor is called {vendor!r}")
        self.vendor = vendor


class VendorDown(DeskError):
    status = 502

    def __init__(self, vendor, reason):
        super().__init__(f"{vendor} is down: {reason}")
        self.vendor = vendor
        self.reason = reason


class VendorSlow(DeskError):
    status = 504

    def __init__(self, vendor):
        super().__init__(f"{vendor} took too long")
        self.vendor = vendor
