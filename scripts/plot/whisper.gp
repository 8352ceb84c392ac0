# WHISPER execution time over that of no-sm, for gnuplot 5.
# Use: gnuplot -c whisper.gp results/whisper.csv whisper.png   (or .pdf, where pdfcairo is built in)
set datafile separator comma
is_pdf = ARG2[strlen(ARG2)-3:strlen(ARG2)] eq '.pdf'
if (is_pdf) { set terminal pdfcairo size 17.5cm,9cm font ',7'
} else { set terminal pngcairo size 2067,1063 font ',20' }
set output ARG2
suite = 'echo ycsb tpcc redis ctree hashmap vacation memcached nfs exim mysql'
designs = 'no-sm sm-rc sm-ob sm-dd'
array colour[4] = [0xbbbbbb, 0xbb5566, 0xddaa33, 0x004488]
array pattern[4] = [3, 4, 6, 3]
place(name) = sum [i=1:words(suite)] (word(suite, i) eq name ? i : 0)
at(d) = place(strcol('workload')) + 0.2 * d - 0.5
shown(d, policy) = strcol('backend') eq word(designs, d) && strcol('queuePairs') eq policy \
  && place(strcol('workload')) > 0 ? column('slowdownOverNoSm') : NaN
set boxwidth 0.2; set style fill pattern border lc rgb 'black'
set xrange [0.4:11.6]; set yrange [0:*]; set ylabel 'time over no-sm (ratio)'
set for [i=1:words(suite)] xtics (word(suite, i) i)
set multiplot layout 2,1
do for [policy in 'auto any'] {
  set title 'queue pairs: '.policy
  plot for [d=1:4] ARG1 using (at(d)):(shown(d, policy)) with boxes fs pattern pattern[d] \
    fc rgb colour[d] title word(designs, d), 1 lc rgb 'black' notitle
}
