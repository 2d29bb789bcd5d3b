"""What a network can be fine-tuned for, by name."""

# And what makes of logits what a user wants to know.
ACTIVATIONS = {
    "classification": "softmax",
    "multilabel": "sigmoid",
    "regression": None,
}
TASKS = tuple(ACTIVATIONS)
# What stands for an image: class token, mean of patch tokens, or both.
POOLINGS = ("token", "avg", "token+avg")
