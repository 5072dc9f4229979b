//! The desk that lends too much at once.
//!
//! A program of a hundred lines that is rejected in four places, and in which
//! one method is accepted, although what it does has no effect. Keep the
//! signatures of what is `pub`.

pub struct Book {
    pub title: String,
    pub lent_to: Option<String>,
    pub waiting: Vec<String>,
}

/// A desk where books are lent out and brought back.
pub struct Desk {
    books: Vec<Book>,
    log: Vec<String>,
    lent: u32,
}

impl Desk {
    pub fn new(titles: &[&str]) -> Desk {
        let book = |title: &&str| Book {
            title: title.to_string(),
            lent_to: None,
            waiting: Vec::new(),
        };
        Desk {
            books: titles.iter().map(book).collect(),
            log: Vec::new(),
            lent: 0,
        }
    }

    fn find(&mut self, title: &str) -> Option<&mut Book> {
        self.books.iter_mut().find(|book| book.title == title)
    }

    /// Lends a book, or puts the person on its waiting list. Says whether it
    /// was lent; a book that the desk does not have is not.
    pub fn lend(&mut self, title: &str, person: &str) -> bool {
        let Some(book) = self.find(title) else {
            return false;
        };
        if book.lent_to.is_some() {
            self.log.push(format!("{person} waits for {title}"));
            book.waiting.push(person.to_string());
            return false;
        }
        self.lent += 1;
        book.lent_to = Some(person.to_string());
        self.log.push(format!("{title} to {person}"));
        true
    }

    /// Takes a book back, and lends it to the first who waits.
    pub fn bring_back(&mut self, title: &str) {
        let Some(book) = self.find(title) else {
            return;
        };
        book.lent_to = None;
        self.log.push(format!("{title} is back"));
        if !book.waiting.is_empty() {
            let next = book.waiting.remove(0);
            self.lend(title, &next);
        }
    }

    /// The book with the longest waiting list; of several the first.
    pub fn most_wanted(&self) -> Option<&Book> {
        let mut most = None;
        let mut longest = 0;
        for book in self.books.iter() {
            let waiting = book.waiting.clone();
            if waiting.len() > longest {
                longest = waiting.len();
                most = Some(book);
            }
        }
        most
    }

    /// Takes a person off all waiting lists.
    pub fn forget(&mut self, person: &str) {
        for book in &self.books {
            let mut waiting = book.waiting.clone();
            waiting.retain(|name| name != person);
        }
    }

    /// Takes away all books that are neither lent nor wanted. Returns their
    /// titles.
    pub fn clear_out(&mut self) -> Vec<String> {
        let mut gone = Vec::new();
        for (index, book) in self.books.iter().enumerate() {
            if book.lent_to.is_none() && book.waiting.is_empty() {
                gone.push(self.books.remove(index).title);
            }
        }
        gone
    }

    pub fn log(&self) -> &[String] {
        &self.log
    }

    pub fn lent(&self) -> u32 {
        self.lent
    }
}
