"""The facts of record: areas, partners, sites, devices, cameras, rights, consents."""
