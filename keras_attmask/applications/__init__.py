load_backbone = None
