//! The log of a few weather stations.
//!
//! Each line of the log names a station and a temperature in tenths of a
//! degree, such as `Zürich: 215`. A report has a line for each measurement,
//! with the name in a column of its own, and the warmest one above them all.

/// One measurement. It looks into the log, and copies no letter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measurement<'a> {
    pub station: &'a str,
    pub tenths: i16,
}

/// What is read from one line, unless it is no measurement or its number does
/// not fit.
pub fn measurement(line: &str) -> Option<Measurement<'_>> {
    let (station, number) = line.split_once(':')?;
    let number: i64 = number.trim().parse().ok()?;
    let tenths = number as i16;
    let station = station.trim();
    Some(Measurement { station, tenths })
}

/// All measurements of a log, in the order of its lines.
pub fn measurements(log: &str) -> Vec<Measurement<'_>> {
    log.lines().filter_map(measurement).collect()
}

/// The name, cut to at most `width` bytes, and never within a character.
pub fn cut(name: &str, width: usize) -> &str {
    &name[..width.min(name.len())]
}

/// The temperature in degrees, such as `21.5` or `-0.5`.
pub fn degrees(tenths: i16) -> String {
    format!("{}.{}", tenths / 10, (tenths % 10).abs())
}

/// Corrects each temperature by as many tenths, in place. What would leave the
/// range stays at its end.
pub fn correct(measurements: &mut [Measurement], tenths: i16) {
    for mut measurement in measurements.iter().copied() {
        measurement.tenths += tenths;
    }
}

/// The first of the warmest.
pub fn warmest<'a>(measurements: &[Measurement<'a>]) -> Option<Measurement<'a>> {
    let mut warmest = *measurements.first()?;
    for measurement in measurements {
        if measurement.tenths > warmest.tenths {
            warmest = *measurement;
        }
    }
    Some(warmest)
}

/// The report, with names of at most eight bytes.
pub fn report(measurements: &[Measurement]) -> String {
    let mut report = String::new();
    if let Some(warmest) = warmest(measurements) {
        report.push_str("warmest: ");
        report.push_str(cut(warmest.station, 8));
        report.push('\n');
    }
    for measurement in measurements {
        report.push_str(cut(measurement.station, 8));
        report.push(' ');
        report.push_str(&degrees(measurement.tenths));
        report.push('\n');
    }
    report
}
