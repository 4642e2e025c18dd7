"""A Flower app in which every client evaluates two models on its own rows and sends statistics."""
