"""What workloads of different tenants have in common, found through indexes of what is shared.

The cost grows with the sharing and not with the square of the workloads.
"""
