// Plot draws the table that tests/bench/ring writes as bars, one group for each
// contest, into an SVG file.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"image/color"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

func main() {
	in := flag.String("i", "", "the `table`")
	out := flag.String("o", "", "the `SVG` file to write")
	flag.Parse()
	if err := run(*in, *out); err != nil {
		fmt.Fprintln(os.Stderr, "plot:", err)
		os.Exit(1)
	}
}

// control is liburing against itself, which is no bar but the error of all.
const control = "liburing again"

// row is one bar.
type row struct {
	contest, contestant, title string
	ratio, low, high           float64
}

func read(path string) ([]row, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var rows []row
	for line, s := 1, bufio.NewScanner(f); s.Scan(); line++ {
		if strings.HasPrefix(s.Text(), "#") {
			continue
		}
		cells := strings.Split(s.Text(), "\t")
		if len(cells) != 7 {
			return nil, fmt.Errorf("%s:%d: %d cells, want 7", path, line, len(cells))
		}
		r := row{contest: cells[0], contestant: cells[1], title: cells[6]}
		for i, to := range []*float64{&r.ratio, &r.low, &r.high} {
			if *to, err = strconv.ParseFloat(cells[2+i], 64); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", path, line, err)
			}
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func run(in, out string) error {
	rows, err := read(in)
	if err != nil {
		return err
	}
	var contests []string
	for _, r := range rows {
		if !slices.Contains(contests, r.contest) {
			contests = append(contests, r.contest)
		}
	}
	if len(contests) == 0 {
		return errors.New("the table is empty")
	}
	const width, height = 24 * vg.Centimeter, 9 * vg.Centimeter
	canvas := vgsvg.New(width, height)
	dc := draw.New(canvas)
	tiles := draw.Tiles{Rows: 1, Cols: len(contests), PadX: 8, PadTop: 4, PadBottom: 4, PadLeft: 4, PadRight: 8}
	for i, c := range contests {
		p, err := panel(rows, c)
		if err != nil {
			return err
		}
		p.Draw(tiles.At(dc, i, 0))
	}
	w, err := os.Create(out)
	if err != nil {
		return err
	}
	_, err = canvas.WriteTo(w)
	return errors.Join(err, w.Close())
}

var (
	ours   = color.RGBA{R: 0x00, G: 0x7d, B: 0x9c, A: 0xff}
	others = color.RGBA{R: 0xb0, G: 0xb8, B: 0xbf, A: 0xff}
	dark   = color.RGBA{R: 0x24, G: 0x29, B: 0x2f, A: 0xff}
)

// panel is the bars of one contest.
func panel(rows []row, contest string) (*plot.Plot, error) {
	p := plot.New()
	for _, style := range []*draw.TextStyle{&p.Title.TextStyle, &p.X.Label.TextStyle, &p.X.Tick.Label, &p.Y.Tick.Label} {
		style.Font.Variant = "Sans"
	}
	p.BackgroundColor = color.White
	p.X.Label.Text = "requests per CPU-second, liburing = 1"
	p.X.Label.TextStyle.Font.Size = 8
	p.Title.TextStyle.Font.Size = 9
	p.Title.Padding = 6
	p.X.Min, p.X.Max = 0, 1.3
	p.X.Tick.Marker = plot.ConstantTicks{{Value: 0, Label: "0"}, {Value: 0.5, Label: "0.5"}, {Value: 1, Label: "1"}}
	var names []string
	var bars []row
	for _, r := range rows {
		if r.contest == contest && r.contestant != control {
			p.Title.Text = wrap(r.title)
			bars = append(bars, r)
		}
	}
	slices.Reverse(bars) // the first one goes to the top
	for i, r := range bars {
		names = append(names, "    "+r.contestant) // the room that viewers' own fonts may need
		b, err := plotter.NewBarChart(plotter.Values{r.ratio}, 11)
		if err != nil {
			return nil, err
		}
		b.Horizontal, b.XMin = true, float64(i)
		b.LineStyle.Width = 0
		b.Color = others
		if strings.HasPrefix(r.contestant, "ring.") {
			b.Color = ours
		}
		label, err := plotter.NewLabels(plotter.XYLabels{XYs: plotter.XYs{{X: math.Max(1, math.Max(r.ratio, r.high)) + 0.02, Y: float64(i)}}, Labels: []string{fmt.Sprintf("%.2f", r.ratio)}})
		if err != nil {
			return nil, err
		}
		label.TextStyle[0].Font.Size = 8
		label.TextStyle[0].Font.Variant = "Sans"
		label.TextStyle[0].Color = dark
		label.TextStyle[0].YAlign = draw.YCenter
		spread, err := plotter.NewLine(plotter.XYs{{X: r.low, Y: float64(i)}, {X: r.high, Y: float64(i)}})
		if err != nil {
			return nil, err
		}
		spread.Color = dark
		p.Add(b, spread, label)
	}
	p.NominalY(names...)
	p.Y.Tick.Label.Font.Size = 8
	p.X.Tick.Label.Font.Size = 8
	one, err := plotter.NewLine(plotter.XYs{{X: 1, Y: -0.5}, {X: 1, Y: float64(len(bars)) - 0.5}})
	if err != nil {
		return nil, err
	}
	one.Color, one.Dashes = dark, []vg.Length{2, 2}
	p.Add(one)
	return p, nil
}

// wrap breaks a title behind its first comma.
func wrap(title string) string { return strings.Replace(title, ", ", ",\n", 1) }
