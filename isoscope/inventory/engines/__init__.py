"""What container engines and VM managers say: from their documents to described workloads."""
