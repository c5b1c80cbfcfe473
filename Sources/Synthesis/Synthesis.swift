// The room stands; its furniture comes with the commits that follow.
