"""The door for browsers without a kernel: a Jupyter Server extension with REST routes and a WebSocket."""
