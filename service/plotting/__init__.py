"""Plotting: what there is to draw of a job, and how that is drawn while requests go on."""
