"""Energy and prices of linky-tic run and linky-tic cost."""
