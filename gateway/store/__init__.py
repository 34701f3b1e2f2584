"""Durable queues and states: what a store must do, and the engines that do it."""
