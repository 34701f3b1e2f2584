"""The stores keep what they promise."""
