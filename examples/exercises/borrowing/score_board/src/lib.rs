//! The board that compiles and counts wrong.
//!
//! There is no error here. Three methods change something that is thrown away
//! or look where something else is by now. Find them with the tests, and say
//! for each what the borrow checker could not know.

#[derive(Clone)]
pub struct Player {
    pub name: String,
    pub points: u32,
    pub rounds: Vec<u32>,
}

pub struct Board {
    players: Vec<Player>,
    leader: usize,
}

impl Board {
    pub fn new(names: &[&str]) -> Board {
        let player = |name: &&str| Player {
            name: name.to_string(),
            points: 0,
            rounds: Vec::new(),
        };
        Board {
            players: names.iter().map(player).collect(),
            leader: 0,
        }
    }

    /// Enters what a player won in a round, and finds the new leader.
    pub fn enter(&mut self, name: &str, points: u32) {
        for player in &self.players {
            if player.name == name {
                let mut player = player.clone();
                player.points += points;
                player.rounds.push(points);
            }
        }
        self.find_leader();
    }

    /// Of several with the same points, the one who came first.
    fn find_leader(&mut self) {
        let mut leader = 0;
        for (index, player) in self.players.iter().enumerate() {
            if player.points > self.players[leader].points {
                leader = index;
            }
        }
        self.leader = leader;
    }

    pub fn leader(&self) -> Option<&Player> {
        self.players.get(self.leader)
    }

    /// Takes a player off the board.
    pub fn leave(&mut self, name: &str) {
        self.players.retain(|player| player.name != name);
    }

    /// Gives everybody's last round back.
    pub fn undo(&mut self) {
        for player in &mut self.players {
            let mut points = player.points;
            if let Some(last) = player.rounds.pop() {
                points -= last;
            }
        }
        self.find_leader();
    }

    /// Name and points of a player.
    pub fn line(&self, name: &str) -> Option<String> {
        let player = self.players.iter().find(|player| player.name == name)?;
        Some(format!("{} {}", player.name, player.points))
    }
}
