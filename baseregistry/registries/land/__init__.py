"""The land register: parcels, what they are used for, who holds which right, and what stands in the way."""
