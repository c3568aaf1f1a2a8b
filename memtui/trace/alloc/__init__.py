"""Which code keeps memory: allocations of a running program by the stack that made them."""
