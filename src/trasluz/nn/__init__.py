"""Building blocks that families share: blocks, the update of weights, the flow-matching core."""
