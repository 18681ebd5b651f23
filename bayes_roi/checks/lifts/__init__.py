"""What lift tests changed: each beside what is expected without it, and ROI with and without each."""
