//! Inference with pretrained networks.
