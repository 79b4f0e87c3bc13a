//! A table of bytes: a row for each line, a column for each feature.

/// Rows that are worked on at once. Columns are filled up to a multiple of it, so that whole blocks
/// of a column can be taken.
pub(crate) const LANES: usize = 32;

/// About as many columns as there are.
const COLUMNS: usize = 280;

/// The features of every line, column by column.
pub(crate) struct Table {
    pub lines: usize,
    /// Names of the columns, where they were asked for.
    pub names: Vec<String>,
    pub wants_names: bool,
    /// Room that a column takes: `cells[feature * stride + line]`.
    stride: usize,
    cells: Vec<u8>,
}

impl Table {
    /// A table without columns.
    pub(crate) fn new(lines: usize) -> Self {
        let stride = lines.next_multiple_of(LANES);
        Self {
            lines,
            names: Vec::new(),
            wants_names: false,
            stride,
            cells: Vec::with_capacity(stride * COLUMNS),
        }
    }

    /// Adds a column.
    pub(crate) fn add(&mut self, name: impl FnOnce() -> String, cell: impl FnMut(usize) -> u8) {
        self.cells.extend((0..self.lines).map(cell));
        self.end_column(name);
    }

    /// Adds a column of what `cell` sees in each of `items`, one a line.
    pub(crate) fn add_over<T>(
        &mut self,
        name: impl FnOnce() -> String,
        items: &[T],
        cell: impl FnMut(&T) -> u8,
    ) {
        debug_assert_eq!(items.len(), self.lines);
        self.cells.extend(items.iter().map(cell));
        self.end_column(name);
    }

    /// Adds a column with the same cell in every line.
    pub(crate) fn add_constant(&mut self, name: impl FnOnce() -> String, cell: u8) {
        self.cells.resize(self.cells.len() + self.lines, cell);
        self.end_column(name);
    }

    /// Adds a column of `cells`, one a line, each as it stands `offset` lines further on; `edge`
    /// where there is no such line.
    pub(crate) fn add_shifted(
        &mut self,
        name: impl FnOnce() -> String,
        cells: &[u8],
        (offset, edge): (i64, u8),
    ) {
        let reach = (offset.unsigned_abs() as usize).min(self.lines);
        if offset < 0 {
            self.cells.resize(self.cells.len() + reach, edge);
            self.cells.extend_from_slice(&cells[..self.lines - reach]);
        } else {
            self.cells.extend_from_slice(&cells[reach..self.lines]);
            self.cells.resize(self.cells.len() + reach, edge);
        }
        self.end_column(name);
    }

    fn end_column(&mut self, name: impl FnOnce() -> String) {
        if self.wants_names {
            self.names.push(name());
        }
        let padding = self.stride - self.lines;
        self.cells.resize(self.cells.len() + padding, 0);
    }

    /// Number of columns so far.
    pub(crate) fn columns(&self) -> usize {
        self.cells.len().checked_div(self.stride).unwrap_or(0)
    }

    /// The cells of [`LANES`] lines of a column; behind the last line they mean nothing.
    #[inline]
    pub(crate) fn block(&self, feature: usize, block: usize) -> &[u8; LANES] {
        let from = feature * self.stride + block * LANES;
        let cells = self.cells.get(from..from + LANES);
        cells
            .and_then(|cells| cells.try_into().ok())
            .unwrap_or(&[0; LANES])
    }

    /// A column by its place, to change its cells.
    pub(crate) fn column_mut(&mut self, feature: usize) -> &mut [u8] {
        &mut self.cells[feature * self.stride..][..self.lines]
    }

    /// All cells without what columns are filled up with: `cells[feature * lines + line]`.
    pub(crate) fn into_cells(mut self) -> Vec<u8> {
        let columns = self.columns();
        for column in 0..columns {
            let from = column * self.stride;
            self.cells
                .copy_within(from..from + self.lines, column * self.lines);
        }
        self.cells.truncate(columns * self.lines);
        self.cells
    }
}

/// Sixteen steps for each doubling.
pub(crate) fn log(value: u32) -> u8 {
    let value = value.saturating_add(1);
    let whole = value.ilog2();
    let rest = ((value << (31 - whole) >> 27) & 0xf) as u8;
    (whole as u8).min(15) * 16 + rest
}

/// A share from 0 to 1 in two hundred steps.
pub(crate) fn share(value: f32) -> u8 {
    (value.clamp(0.0, 1.0) * 200.0) as u8
}

/// A number up to what a byte holds.
pub(crate) fn cap(value: u32) -> u8 {
    value.min(255) as u8
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn columns_can_be_shifted() {
        let mut table = Table::new(3);
        let cells = [1, 2, 3];
        table.add_over(|| "one".to_owned(), &cells, |cell| *cell);
        table.add_shifted(|| "before".to_owned(), &cells, (-2, 9));
        table.add_shifted(|| "after".to_owned(), &cells, (1, 9));
        table.add_shifted(|| "far".to_owned(), &cells, (7, 9));
        table.add_constant(|| "constant".to_owned(), 7);
        assert_eq!(table.columns(), 5);
        assert_eq!(
            table.into_cells(),
            [1, 2, 3, 9, 9, 1, 2, 3, 9, 9, 9, 9, 7, 7, 7]
        );
    }
}
