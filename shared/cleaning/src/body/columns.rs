//! A table of bytes: a row for each line, a column for each feature.

/// About as many columns as there are.
const COLUMNS: usize = 280;

/// The features of every line, column by column.
pub(crate) struct Table {
    pub lines: usize,
    /// Names of the columns, where they were asked for.
    pub names: Vec<String>,
    pub wants_names: bool,
    /// `cells[feature * lines + line]`.
    pub cells: Vec<u8>,
}

impl Table {
    /// A table without columns.
    pub(crate) fn new(lines: usize) -> Self {
        Self {
            lines,
            names: Vec::new(),
            wants_names: false,
            cells: Vec::with_capacity(lines * COLUMNS),
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
    }

    /// Number of columns so far.
    pub(crate) fn columns(&self) -> usize {
        self.cells.len().checked_div(self.lines).unwrap_or(0)
    }

    /// A column by its place.
    pub(crate) fn column(&self, feature: usize) -> &[u8] {
        &self.cells[feature * self.lines..][..self.lines]
    }

    /// A table of some of the lines.
    pub(crate) fn rows(&self, lines: &[usize]) -> Self {
        let mut rows = Self::new(lines.len());
        for column in self.cells.chunks_exact(self.lines.max(1)) {
            rows.cells.extend(lines.iter().map(|at| column[*at]));
        }
        rows
    }

    /// A column by its place, to change its cells.
    pub(crate) fn column_mut(&mut self, feature: usize) -> &mut [u8] {
        &mut self.cells[feature * self.lines..][..self.lines]
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
        assert_eq!(table.cells, [1, 2, 3, 9, 9, 1, 2, 3, 9, 9, 9, 9, 7, 7, 7]);
    }
}
