use score_board::Board;

fn leader(board: &Board) -> Option<&str> {
    board.leader().map(|player| player.name.as_str())
}

#[test]
fn points_are_entered() {
    let mut board = Board::new(&["Ada", "Bo"]);
    board.enter("Bo", 7);
    assert_eq!(
        board.line("Bo").as_deref(),
        Some("Bo 7"),
        "the points must be on the board, and not on a copy"
    );
    assert_eq!(leader(&board), Some("Bo"));
}

#[test]
fn when_somebody_leaves() {
    let mut board = Board::new(&["Ada", "Bo", "Cleo"]);
    board.enter("Bo", 7);
    board.enter("Cleo", 3);
    board.leave("Ada");
    assert_eq!(
        leader(&board),
        Some("Bo"),
        "positions have moved: is the leader still where they were?"
    );
    board.leave("Bo");
    assert_eq!(leader(&board), Some("Cleo"));
    board.leave("Cleo");
    assert_eq!(leader(&board), None);
}

#[test]
fn the_last_round_is_given_back() {
    let mut board = Board::new(&["Ada", "Bo"]);
    board.enter("Ada", 4);
    board.enter("Bo", 7);
    board.enter("Bo", 2);
    board.undo();
    assert_eq!(board.line("Bo").as_deref(), Some("Bo 7"));
    assert_eq!(board.line("Ada").as_deref(), Some("Ada 0"));
}
