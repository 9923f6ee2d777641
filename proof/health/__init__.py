"""What the sweep keeps while its workers, its broker and its database are taken away: `./run proof health-…`."""
