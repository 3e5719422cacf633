"""What electricity costs: dated prices, the energy ledger, months, compared offers.

Pure Python. Energy is kept and money derived from it, so a price that arrives late
corrects what was shown. Only the modules that end in ``_client`` and ``fetch`` touch
the network. Energy is in whole Wh, money in euros as ``Decimal``, days are those of
Europe/Paris.
"""
