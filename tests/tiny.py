"""The quickstart made tiny."""

# A whole run in seconds: one block, 64 of the bundled pictures, and no jitter,
# which is a good part of what is compiled.
TINY = (
    "--recipe=quickstart",
    "--recipe.saved_model=",
    "--recipe.data.limit=64",
    "--recipe.views.local_crops=1",
    "--recipe.views.jitter_probability=0.0",
    "--recipe.backbone.num_layers=1",
    "--recipe.backbone.hidden_dim=16",
    "--recipe.head.num_prototypes=16",
    "--recipe.head.hidden_dim=16",
    "--recipe.head.bottleneck_dim=8",
    "--recipe.training.batch_size=16",
    "--recipe.training.epochs=2",
    "--recipe.training.log_every=1",
    "--recipe.training.jit_compile=false",
    "--recipe.evaluation.limit=40",
    "--recipe.evaluation.num_neighbors=5",
    "--recipe.evaluation.every_epochs=1",
)
