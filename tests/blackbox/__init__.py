"""The gateway attacked from outside: killed, starved, filled up, lied to, and searched for what it must not hold."""
