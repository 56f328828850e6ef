"""What people touch: widgets that turn a click into a Step and show the next Deployment."""
