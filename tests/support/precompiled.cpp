// Nothing but a carrier for the precompiled header of the suites.
