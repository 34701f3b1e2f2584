"""A shop, fake vendors and a gateway on loopback, to see each hit before and after."""
