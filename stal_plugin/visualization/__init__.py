"""Drawing with OpenCV and plotting with matplotlib."""
