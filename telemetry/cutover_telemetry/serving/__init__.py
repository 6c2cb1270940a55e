"""What our servers have in common: whom they let in."""

from cutover_telemetry.serving._admission import Admission, Refusal, is_loopback

__all__ = ["Admission", "Refusal", "is_loopback"]
