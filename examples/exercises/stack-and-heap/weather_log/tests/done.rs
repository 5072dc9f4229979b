use weather_log::{correct, cut, degrees, measurement, measurements, report};

#[test]
fn a_number_that_does_not_fit_is_no_measurement() {
    assert_eq!(measurement("Oslo: 32767").map(|m| m.tenths), Some(32767));
    assert_eq!(measurement("Oslo: -32768").map(|m| m.tenths), Some(-32768));
    for line in ["Oslo: 32768", "Oslo: -32769", "Oslo: 65751", "Oslo"] {
        assert_eq!(measurement(line), None, "{line} must be left out");
    }
}

#[test]
fn a_name_is_cut_between_characters() {
    assert_eq!(cut("Zürich", 1), "Z");
    assert_eq!(cut("Zürich", 2), "Z", "half an ü is no text");
    assert_eq!(cut("Zürich", 3), "Zü");
    assert_eq!(cut("Zürich", 7), "Zürich");
    assert_eq!(cut("Zürich", 80), "Zürich");
}

#[test]
fn degrees_keep_their_sign() {
    for (tenths, text) in [(215, "21.5"), (-215, "-21.5"), (-5, "-0.5"), (0, "0.0")] {
        assert_eq!(degrees(tenths), text, "{tenths} tenths");
    }
}

#[test]
fn a_correction_changes_the_list() {
    let mut all = measurements("Oslo: -5\nZürich: 215\nRome: 32760");
    correct(&mut all[1..], 10);
    let tenths: Vec<i16> = all.iter().map(|m| m.tenths).collect();
    assert_eq!(
        tenths,
        [-5, 225, 32767],
        "each but the first, up to the end"
    );
}

#[test]
fn no_letter_is_copied() {
    let log = String::from("Zürich: 215");
    let all = measurements(&log);
    assert_eq!(all[0].station.as_ptr(), log.as_ptr());
}

#[test]
fn the_report_is_whole() {
    let all = measurements("Oslo: -5\nValparaíso: 215\nRome: 99999\nLima: 215\n");
    assert_eq!(
        report(&all),
        "warmest: Valpara\nOslo -0.5\nValpara 21.5\nLima 21.5\n"
    );
}
