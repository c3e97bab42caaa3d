"""Reports for people: the flash of the last half-hour and the hand-over of a shift."""
