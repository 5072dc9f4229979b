use weather_log::{correct, cut, degrees, measurement, measurements, report};

#[test]
fn a_number_that_does_not_fit_is_no_measurement() {
    for (line, tenths) in [("Oslo: 32767", 32767), ("Oslo: -32768", -32768)] {
        let read = measurement(line).map(|m| m.tenths);
        assert_eq!(read, Some(tenths), "the number of {line} just fits");
    }
    for line in ["Oslo: 32768", "Oslo: -32769", "Oslo: 65751", "Oslo"] {
        assert_eq!(measurement(line), None, "{line} must be left out");
    }
}

#[test]
fn a_name_is_cut_between_characters() {
    for (width, name) in [
        (0, ""),
        (1, "Z"),
        (2, "Z"),
        (3, "Zü"),
        (7, "Zürich"),
        (80, "Zürich"),
    ] {
        assert_eq!(
            cut("Zürich", width),
            name,
            "at most {width} bytes of Zürich, without half an ü"
        );
    }
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
        "10 tenths more for each but the first, up to the end of the range"
    );

    let mut cold = measurements("Oslo: -32760\nZürich: 5");
    correct(&mut cold, -10);
    let tenths: Vec<i16> = cold.iter().map(|m| m.tenths).collect();
    assert_eq!(
        tenths,
        [-32768, -5],
        "10 tenths less for each, down to the other end of the range"
    );
}

#[test]
fn no_letter_is_copied() {
    let log = String::from("Zürich: 215");
    let all = measurements(&log);
    assert_eq!(
        all[0].station.as_ptr(),
        log.as_ptr(),
        "the name of the station must be a part of the log, and not a copy"
    );
}

#[test]
fn the_report_is_whole() {
    let all = measurements("Oslo: -5\nValparaíso: 215\nRome: 99999\nLima: 215\n");
    assert_eq!(
        report(&all),
        "warmest: Valpara\nOslo -0.5\nValpara 21.5\nLima 21.5\n",
        "of two that are equally warm the first counts, and 9999.9 degrees are left out"
    );
}
