use longer_title::{longer, shortened};

#[test]
fn the_longer_of_two() {
    let (bread, soup) = (String::from("Bread"), String::from("Soup"));
    let title = longer(&bread, &soup);
    assert_eq!(title.as_ptr(), bread.as_ptr(), "no letter is to be copied");
    assert_eq!(longer(&soup, &bread), "Bread");
    assert_eq!(longer("à la", "abcde"), "abcde");
    let (one, other) = (String::from("Rice"), String::from("Soup"));
    assert_eq!(
        longer(&one, &other),
        "Rice",
        "the first of two equally long"
    );
}

#[test]
fn the_beginning_of_one() {
    let title = String::from("À la maison");
    let instead = String::from("untitled");
    let short = shortened(&title, 4, &instead);
    assert_eq!(short, "À la");
    assert_eq!(short.as_ptr(), title.as_ptr(), "no letter is to be copied");
    assert_eq!(shortened(&title, 40, &instead), "À la maison");
    assert_eq!(shortened("", 4, &instead), "untitled");
}
