"""From raw footage and foreign annotation to our annotation."""
