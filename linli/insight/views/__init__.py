"""Pages of insight: rates, boards, the bulletin, the situation screen."""
