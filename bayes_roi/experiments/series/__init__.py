"""One series before and after: autocorrelated noise, and the interrupted time series."""
