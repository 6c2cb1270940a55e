"""One module a vendor: compose a call, ask for the answer, tidy what comes back."""
